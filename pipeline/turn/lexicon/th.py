"""Thai: it writes no blanks between words, and hardly a full stop; polite particles end its sentences."""

from pipeline.turn.lexicon.lexicon import Lexicon, words

THAI = Lexicon(
    fillers=words("เอ่อ เอิ่ม อ่า"),
    backchannels=words("อืม อือ เออ อ๋อ ครับ ค่ะ ครับผม จ้ะ จ้า ใช่ ได้ ดี โอเค จริง จริงด้วย เข้าใจ เข้าใจแล้ว แน่นอน ถูกต้อง ๆ ok okay"),
    objections=words("ไม่ ไม่ใช่ หยุด เดี๋ยว รอ แต่"),
    leads_on=words("และ แต่ เพราะ เพราะว่า ถ้า หาก แล้วก็ ซึ่ง โดย เพื่อ กับ"),
    may_lead_on=words("หรือ ที่ ของ ว่า คือ จะ ให้ ใน จาก ถึง ต้องการ อยาก เป็น"),
    closes=words("ครับ ค่ะ คะ นะ จ้ะ จ้า ไหม มั้ย หรือเปล่า หรือยัง หน่อย หน้าที่ สถานที่"),
    numbers=words("ศูนย์ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า โท"),
)
